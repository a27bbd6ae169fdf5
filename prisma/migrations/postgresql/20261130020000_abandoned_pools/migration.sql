-- AlterTable
ALTER TABLE "Pool" ADD COLUMN     "abandonedAt" TIMESTAMP(3);
