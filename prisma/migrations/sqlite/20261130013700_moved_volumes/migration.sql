-- AlterTable
ALTER TABLE "Volume" ADD COLUMN "movedToId" TEXT;
