-- AlterTable
ALTER TABLE "ActivityPoint" ADD COLUMN     "cacheBytes" DOUBLE PRECISION,
ADD COLUMN     "waitingBytes" DOUBLE PRECISION,
ADD COLUMN     "waitingFiles" INTEGER;

-- AlterTable
ALTER TABLE "CapacityPoint" ADD COLUMN     "provisionedBytes" BIGINT;
