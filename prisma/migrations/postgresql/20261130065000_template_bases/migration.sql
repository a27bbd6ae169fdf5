-- AlterTable
ALTER TABLE "Volume" ADD COLUMN     "baseKey" TEXT;
